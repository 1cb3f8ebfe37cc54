# Windows: install jianbao into WSL, the Linux inside Windows, without a network. In PowerShell:
#   powershell -ExecutionPolicy Bypass -File install.ps1
$ErrorActionPreference = "Stop"

function Refuse($chinese, $english) {
    if ((Get-UICulture).Name -like "zh*") { Write-Host $chinese } else { Write-Host $english }
    exit 1
}

if (-not (Get-Command wsl.exe -ErrorAction SilentlyContinue)) {
    Refuse "本机没有 WSL。请按 README.md 离线安装 WSL 和一个 Linux 发行版。" "There is no WSL here: README.md says how to install it and a Linux without a network."
}
wsl.exe --exec true
if ($LASTEXITCODE -ne 0) {
    Refuse "WSL 中没有可用的 Linux 发行版。请按 README.md 用 wsl --import 导入一个。" "WSL has no Linux that starts: import one with wsl --import, as README.md says."
}
$here = (wsl.exe --exec wslpath -a "$PSScriptRoot").Trim()
wsl.exe --exec sh "$here/install.sh"
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
