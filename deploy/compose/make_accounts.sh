#!/usr/bin/env bash
# Gives Kibana's own user its password, and makes the users of setup and pipeline; safe to repeat.
# Their roles are in deploy/elasticsearch/roles.yml, which the server reads.
set -euo pipefail

secrets="${SECRETS:-/secrets}"
server="${SERVER:-https://elasticsearch:9200}"

# post PATH: sends standard input as JSON. Passwords come from files and go through pipes, never through arguments.
post() {
  local said
  said="$(curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
    --cacert "$secrets/elasticsearch/ca.crt" \
    --config <(printf 'user = "elastic:%s"\n' "$(<"$secrets/elasticsearch/elastic-password")") \
    --header 'Content-Type: application/json' --data-binary @- "$server$1")" || { echo "$1: $said" >&2; return 1; }
}

printf '{"password": "%s"}' "$(<"$secrets/kibana/password")" | post /_security/user/kibana_system/_password
printf '{"password": "%s", "roles": ["straitwire_setup", "kibana_admin"]}' "$(<"$secrets/setup/password")" |
  post /_security/user/straitwire_setup
printf '{"password": "%s", "roles": ["straitwire_ingest"]}' "$(<"$secrets/pipeline/password")" |
  post /_security/user/straitwire_ingest
echo "accounts are there"
