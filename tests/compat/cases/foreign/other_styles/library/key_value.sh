#!/bin/bash
. "$1"
echo "{\"changed\": true, \"word\": \"$word\", \"number\": $number}"
