"""An AWS that obeys AWS's rules, for Rolegate's demo and tests: moto's IAM behind a layer of ours.

moto stores; this package decides. It checks signatures, policies, trust policies and SAML assertions,
speaks AWS's error texts, serves a sign-in page, breaks on request, and is filled from a world file.
"""
