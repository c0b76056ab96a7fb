"""The trainer: loop, schedules, optimisers, checkpoints and guards.

It knows no method by name and no SQL.
"""
