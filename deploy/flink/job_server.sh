#!/usr/bin/env bash
# Beam's job server in the image of Dockerfile.flink. JOBMANAGER names Flink's REST address, host:port.
set -euo pipefail
: "${JOBMANAGER:?names the REST address of the JobManager, host:port}"
lib="${FLINK_LIB:-/opt/flink/lib}"
launcher="${LAUNCHER:-/opt/straitwire/launcher.jar}"
opened=()
for package in lang lang.reflect net io nio text time util util.concurrent util.concurrent.atomic util.concurrent.locks; do
  opened+=("--add-opens=java.base/java.$package=ALL-UNNAMED")
done
# It listens on every interface whatever the host says; the host is what it tells clients.
exec java -Xmx512m -XX:+UseSerialGC "${opened[@]}" -Dstraitwire.lib="$lib" \
  -Dlog4j.configurationFile="file:${LOG4J:-/opt/flink/conf/log4j-console.properties}" -cp "$launcher" JobServer \
  --flink-master "$JOBMANAGER" --flink-conf-dir "${FLINK_CONF_DIR:-/opt/flink/conf}" --job-host "$(hostname)" \
  --job-port 8099 --artifact-port 8098 --expansion-port 0 --artifacts-dir "${ARTIFACTS_FOLDER:-/tmp/artifacts}"
