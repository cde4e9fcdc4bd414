"""Migrations of the registry (迁移): one module a revision, from the first table on.

A new one is a copy of its neighbour's shape with the next number; a test notices when tables and migrations differ.
"""
