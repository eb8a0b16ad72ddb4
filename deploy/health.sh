#!/bin/bash
# The health check of every container of ours: does its program say that it can serve? It prints what is missing. The shell
# asks by itself, for it is asked often: a program in Node would take more to start than everything it waits for.
exec 3<>"/dev/tcp/127.0.0.1/${POCKET_WORKER_PORT:-$POCKET_PORT}" || exit 1
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ] && exit 0
cat <&3
exit 1
