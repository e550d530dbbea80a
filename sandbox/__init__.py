"""Usher without Slack and without Cloudflare: strict stand-ins for both, and a prompt to use them.

Imports nothing of Usher's own but `settings`: a wrong model shared by the client and its stand-in would hide itself.
"""
