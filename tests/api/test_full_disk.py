"""A disk without room, and room again: writes are refused, nothing is half there, and then work goes on by itself."""

from outside.disk import full, roomy
from outside.okta import Api, sign_in
from outside.process import Server, command

PASSWORD = "correct-horse-battery-9174"
USER = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "A", "lastName": "B"}


def test_writing_goes_on_once_there_is_room_again(tmp_path):
    token = command(tmp_path, "admin", "token", "create", "--name", "t", **Server.files(tmp_path)).stdout.strip()
    with Server(tmp_path) as server:
        api = Api(server.url, token)
        app = api.post("/api/v1/apps", {"name": "amazon_aws", "label": "AWS", "signOnMode": "SAML_2_0"}).expect(200).json["id"]
        credentials = {"password": {"value": PASSWORD}}
        api.post("/api/v1/users?activate=true", {"profile": USER, "credentials": credentials}).expect(200)
        ann = sign_in(server.url, USER["login"], PASSWORD)
        launch = f"/app/amazon_aws/{app}/launch?account=111122223333&role=Admin"
        # Twice: a connection that lost count of its transactions would be met the second time at the latest.
        for round in range(2):
            full(server)
            for number in range(3):
                api.post("/api/v1/groups", {"profile": {"name": f"Lost {round} {number}"}}).refused(503, "E0000010")
            # A refusal stands alone in the log, which another connection writes.
            ann.get(launch).expect(503)
            api.get("/api/v1/groups").expect(200)
            roomy(server)
            api.post("/api/v1/groups", {"profile": {"name": f"Kept {round}"}}).expect(200)
            ann.get(launch).expect(403)
            assert sign_in(server.url, USER["login"], PASSWORD).get("/api/v1/users/me").expect(200)
        groups = [group["profile"]["name"] for group in api.all("/api/v1/groups?limit=200")]
        assert sorted(name for name in groups if name != "Everyone") == ["Kept 0", "Kept 1"]
        log = api.get("/api/v1/logs?limit=1000").expect(200).json
        assert "Lost" not in str(log), "no entry without its effect"
        refused = [event for event in log if event["eventType"] == "app.generic.unauth_app_access_attempt"]
        assert len(refused) == 2, "each refusal that was told is there, and no other"
        assert server.stop() == 0
