"""Encoders, features and clusters leaving the house."""
