#!/bin/bash
# SLURM: one process per node, which uses all GPUs of its node.
#
#     sbatch slurm.sh /shared/pictures /shared/runs/pets
#
# By itself, JAX takes one GPU per process under SLURM (jax-ml/jax#16788). With one task per node,
# jaxcnn.distributed.start gives the process all of them. For one process per GPU, ask for as many
# tasks per node as GPUs, and keep --gpus-per-node: JAX needs to see all GPUs of the node.
#SBATCH --job-name=jaxcnn
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=64
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

# --signal=TERM@300: SIGTERM 300 s before the time limit, to all processes. They save their state,
# and end with status 75; the job then waits for its next turn. --requeue: it also does that if a
# node is lost.

set -u
pictures=$1
out=$2

export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK # srun does not take it from sbatch

# --wait: if a process is lost, the others cannot go on, and are ended after 120 s.
srun --wait=120 jaxcnn train "$pictures" --out "$out" --stream --resume auto
status=$?

if [ "$status" -eq 75 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
