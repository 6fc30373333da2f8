// The few calls of the management API that the tests need: people of their own, so that no test meets another's.

export class Api {
  constructor(demo) {
    this.demo = demo;
    this.count = 0;
  }

  async call(method, path, body) {
    const response = await fetch(`${this.demo.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `SSWS ${this.demo.api_token}`, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** A new person with these roles (ARNs) in the app of the browser; `null` leaves the app unassigned. */
  async person(firstName, roles) {
    this.count += 1;
    const login = `${firstName.toLowerCase().replace(/[^a-z]/g, "") || "person"}${this.count}@example.com`;
    const password = `sample-${this.count}-lantern-orchard-violin`;
    const user = await this.call("POST", "/users?activate=true", {
      profile: { login, email: login, firstName, lastName: "Tester" },
      credentials: { password: { value: password } },
    });
    if (roles !== null) {
      await this.call("POST", `/apps/${this.demo.browser_app_id}/users`, {
        id: user.id,
        scope: "USER",
        profile: { samlRoles: roles },
      });
    }
    return { id: user.id, login, password };
  }

  /** The roles that a person may enter in the app of the browser, by ARN. */
  async entitlements(login) {
    const path = `/apps/${this.demo.browser_app_id}/aws/entitlements?user=${encodeURIComponent(login)}`;
    return (await this.call("GET", path)).map((entitlement) => entitlement.role);
  }

  /** Every discovered role of the browser's app that an assignment may name. */
  async roles() {
    const roles = await this.call("GET", `/apps/${this.demo.browser_app_id}/aws/roles?limit=200`);
    return roles.filter((role) => !role.arn.includes("/aws-reserved/"));
  }
}
