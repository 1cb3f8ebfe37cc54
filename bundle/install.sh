#!/bin/sh
# Install jianbao from this folder, without a network: sh install.sh [FOLDER], by default ~/jianbao.
# PYTHON names the interpreter; without it, python/bin/python3 beside this file, then python@PYTHON@, then python3.
set -eu

say() { case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in zh*) echo "$1" ;; *) echo "$2" ;; esac; }
refuse() { say "$@" >&2; exit 1; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=${1:-$HOME/jianbao}

[ "$(uname -m)" = "@MACHINE@" ] ||
    refuse "这个安装包用于 @MACHINE@，本机是 $(uname -m)。" "This bundle is for @MACHINE@, and this machine is $(uname -m)."
python=${PYTHON:-}
for each in "$here/python/bin/python3" python@PYTHON@ python3; do
    [ -n "$python" ] || ! command -v "$each" >/dev/null 2>&1 || python=$each
done
"${python:-false}" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "@PYTHON@")' ||
    refuse "需要 Python @PYTHON@，请安装后用 PYTHON=/路径/python@PYTHON@ sh install.sh 指明（见 README.md）。" \
        "Python @PYTHON@ is needed: install it, and name it with PYTHON=/path/python@PYTHON@ sh install.sh (see README.md)."

say "正在核对文件" "Checking the files"
(cd "$here" && sha256sum --check --quiet --strict SHA256SUMS) ||
    refuse "安装包不完整或已被改动，请重新复制。" "The bundle is damaged or was changed: copy it again."

say "正在安装到 $target" "Installing into $target"
"$python" -m venv "$target" ||
    refuse "无法创建虚拟环境：请安装系统的 python3-venv 包。" "No environment can be made: install the package python3-venv."
# No index, and no setting of this machine, whatever it says: only what is in this folder.
PIP_CONFIG_FILE=/dev/null "$target/bin/python" -m pip --isolated --quiet --disable-pip-version-check install \
    --no-index --no-deps --find-links "$here/wheels" --require-hashes --requirement "$here/requirements.txt"

say "正在准备字体" "Preparing the fonts"
fonts=$HOME/.local/share/fonts/jianbao
mkdir -p "$fonts"
cp "$here"/fonts/* "$fonts/"
"$target/bin/jianbao" fonts

say "正在检查本机" "Looking at this machine"
"$target/bin/jianbao" doctor ||
    refuse "程序已装好，但还不能生成简报：请按上面的说明安装缺少的系统库（见 README.md），再运行 $target/bin/jianbao doctor。" \
        "The program is installed but cannot make a brief yet: install the system libraries named above (see README.md), then run $target/bin/jianbao doctor."
say "已装好。运行 $target/bin/jianbao studio 或 $target/bin/jianbao --help" "Installed. Run $target/bin/jianbao studio, or $target/bin/jianbao --help"
