#!/usr/bin/env bash
# Beam's job server in the image of Dockerfile.flink. JOBMANAGER names Flink's REST address, host:port.
set -euo pipefail
exec java -Xmx512m -XX:+UseSerialGC -Dstraitwire.lib=/opt/flink/lib -cp /opt/straitwire/launcher.jar JobServer \
  --flink-master "${JOBMANAGER:?host:port of the JobManager\'s REST}" --flink-conf-dir /opt/flink/conf \
  --job-host 0.0.0.0 --job-port 8099 --artifact-port 8098 --expansion-port 0 --artifacts-dir /tmp/artifacts
