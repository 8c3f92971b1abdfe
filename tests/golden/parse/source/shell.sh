#!/bin/sh
set -e

cross() {
  echo "$1"
}

cross naru
