#!/usr/bin/env bash
# Makes certificates and passwords where there are none yet; a second run changes nothing.
# SECRETS is the folder that holds one folder for each service that reads them.
set -euo pipefail
umask 077

secrets="${SECRETS:-/secrets}"
readonly elasticsearch_user=1000 kibana_user=1000 straitwire_user=10001

random_text() { head -c 32 /dev/urandom | base64 | tr -d '=+/\n'; }

# make_random FOLDER/FILE: keeps what is there, and never shows half of a secret under its name.
make_random() {
  local path="$secrets/$1"
  if [[ -s "$path" ]]; then return; fi
  random_text >"$path.new"
  mv "$path.new" "$path"
}

mkdir -p "$secrets"/{elasticsearch,kibana,setup,pipeline}

if [[ ! -s "$secrets/elasticsearch/elasticsearch.crt" ]]; then
  work="$(mktemp -d)"
  elasticsearch-certutil ca --silent --pem --out "$work/ca.zip"
  unzip -q "$work/ca.zip" -d "$work"
  elasticsearch-certutil cert --silent --pem --name elasticsearch --dns elasticsearch,localhost --ip 127.0.0.1 \
    --ca-cert "$work/ca/ca.crt" --ca-key "$work/ca/ca.key" --days 1825 --out "$work/certificate.zip"
  unzip -q "$work/certificate.zip" -d "$work"
  # The authority's key signs nothing else: it is not kept.
  for folder in elasticsearch kibana setup pipeline; do cp "$work/ca/ca.crt" "$secrets/$folder/ca.crt"; done
  cp "$work/elasticsearch/elasticsearch.key" "$secrets/elasticsearch/elasticsearch.key"
  cp "$work/elasticsearch/elasticsearch.crt" "$secrets/elasticsearch/elasticsearch.crt"
  rm -rf "$work"
fi

make_random elasticsearch/elastic-password
make_random kibana/password
make_random kibana/encryption-key
make_random setup/password
make_random pipeline/password

# The server refuses a password file that others may read.
find "$secrets" -type f -exec chmod 400 {} +
if [[ "$(id -u)" == 0 ]]; then
  chown -R "$elasticsearch_user:0" "$secrets/elasticsearch"
  chown -R "$kibana_user:0" "$secrets/kibana"
  chown -R "$straitwire_user:0" "$secrets/setup" "$secrets/pipeline"
fi
echo "certificates and passwords are there"
