"""Widgets that know nothing of projects: they show what they are given and say what was done."""
