"""Rolegate seen from outside: its processes, its API, its pages, and the AWS that it reads. What tests stand on."""
