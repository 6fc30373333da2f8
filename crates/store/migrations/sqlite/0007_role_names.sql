-- Roles by account and name, whatever its case: IAM keeps names unique without case.
DROP INDEX aws_roles_name;
CREATE INDEX aws_roles_name ON aws_roles (app_id, name_folded, account_id, arn);
