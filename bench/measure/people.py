"""A company as LDIF: people, groups, management groups nested ten deep with a loop. The same for the same numbers."""

SUFFIX = "dc=example,dc=com"
DEPTH = 10
ACCOUNTS = 200


def write(file, people, groups, memberships):
    """Entries below the suffix, which slapd's starter adds. Every person is in `memberships / people` groups on average."""
    with open(file, "w", encoding="utf-8") as out:
        _units_and_people(out, people)
        for number in range(groups):
            out.write(_group(number, people, groups, memberships))


def write_role_groups(file, people, accounts, roles, management, each):
    """A group for each role of each account, as the benchmark's AWS names them. Everybody is in `everybody` and in all management
    groups, and these are in the first `each` role groups; one person more is in all others."""
    everybody = [person(number) for number in range(people)]
    with open(file, "w", encoding="utf-8") as out:
        _units_and_people(out, people + 1)
        out.write(_named_group("everybody", everybody))
        for number in range(management):
            out.write(_named_group(f"management-{number}", everybody))
        for number in range(accounts * roles):
            account = 999_999_999_999 if number < roles else 200_000_000_000 + number // roles - 1
            holder = _named(f"management-{number % management}") if number < each else person(people)
            out.write(_named_group(f"aws#account#Application-{number % roles:03}#{account}", [holder]))


def _units_and_people(out, people):
    for unit in ("people", "groups"):
        out.write(f"dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\nou: {unit}\n\n")
    for number in range(people):
        out.write(_person(number))


def person(number):
    """A person's DN."""
    return f"uid=u{number:06d},ou=people,{SUFFIX}"


def login(number):
    """What they type."""
    return f"u{number:06d}@example.com"


def _group_name(number):
    """Role groups in the form that Okta recommends, the first ten of them in a chain."""
    account = 300_000_000_000 + number % ACCOUNTS
    return f"aws#account-{number % ACCOUNTS}#role-{number}#{account}"


def group(number):
    """A group's DN. `#` needs no escape but at the beginning (RFC 4514 §2.4)."""
    return _named(_group_name(number))


def _named(name):
    return f"cn={name},ou=groups,{SUFFIX}"


def _person(number):
    return (f"dn: {person(number)}\nobjectClass: inetOrgPerson\nuid: u{number:06d}\ncn: Person {number}\n"
            f"givenName: Person{number % 997}\nsn: Number{number}\nmail: {login(number)}\n"
            f"userPassword: password of {number}\nemployeeType: staff\n\n")


def _group(number, people, groups, memberships):
    each = memberships // groups
    # Steps that share no factor with the number of people spread the members evenly.
    members = [person((number * each + place * 7919) % people) for place in range(each)]
    if number < DEPTH:
        members.append(group((number + 1) % DEPTH))
    return _named_group(_group_name(number), dict.fromkeys(members))


def _named_group(name, members):
    lines = "\n".join(f"member: {member}" for member in members)
    return f"dn: {_named(name)}\nobjectClass: groupOfNames\ncn: {name}\ndescription: What {name} is for\n{lines}\n\n"
