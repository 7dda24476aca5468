#!/bin/sh
echo out $1; echo err >&2; pwd; exit ${2:-0}
