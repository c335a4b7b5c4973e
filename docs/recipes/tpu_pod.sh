#!/bin/bash
# A slice of Google's TPUs with several hosts: the same command on each, at the same time.
#
#     bash tpu_pod.sh my-tpu europe-west4-b /shared/pictures /shared/runs/pets
#
# JAX finds the hosts of the slice by itself. /shared is a network file system, such as Filestore,
# that is mounted on each host. If a host is lost, run the script again: the training goes on.
set -euo pipefail
tpu=$1
zone=$2
pictures=$3
out=$4

on_each_host() {
    gcloud compute tpus tpu-vm ssh "$tpu" --zone="$zone" --worker=all --command="$1"
}

on_each_host "pip install --quiet 'jaxcnn[tpu,experiments]'"
on_each_host "$(printf 'jaxcnn train %q --out %q --stream --resume auto' "$pictures" "$out")"
