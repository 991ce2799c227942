#!/usr/bin/env bash
# Makes the sounds that must be there without any bundle: the two announcements that callers hear when no flow
# runs, the beep before a recording, and waiting music where none is installed.
# A file that is there already is kept, so a studio recording (8 kHz, 16 bit, mono) put in its place stays.
#
#   speech.sh FOLDER         writes FOLDER/please-hold.wav and FOLDER/sorry.wav, Malay first, then English
#   speech.sh --beep FOLDER  writes FOLDER/beep.wav, which Asterisk plays before it records
#   speech.sh --tune FOLDER  writes FOLDER/tune.wav
set -euo pipefail

die() {
  printf 'speech: %s\n' "$*" >&2
  exit 1
}

# speak VOICE TEXT OUT makes telephone quality: 8 kHz mono, no silence at either end, peak 3 dB below full scale.
speak() {
  local raw=$work/raw.wav
  espeak-ng -v "$1" -s 150 -w "$raw" "$2"
  sox "$raw" -r 8000 -c 1 -b 16 "$3" silence 1 0.02 0.5% reverse silence 1 0.02 0.5% reverse norm -3 pad 0 0.4
}

# announce OUT MALAY ENGLISH speaks both languages into one file.
announce() {
  [[ -s $1 ]] && return
  speak ms "$2" "$work/ms.wav"
  speak en-gb "$3" "$work/en.wav"
  sox "$work/ms.wav" "$work/en.wav" "$work/both.wav"
  mv "$work/both.wav" "$1"
}

# tune OUT plays four soft chords, 16 s, made to be repeated.
tune() {
  [[ -s $1 ]] && return
  local chord part=0
  for chord in "C4 E4 G4" "A3 C4 E4" "F3 A3 C4" "G3 B3 D4"; do
    local voices=()
    for note in $chord; do voices+=(pluck "$note"); done
    sox -n -r 8000 -c 1 -b 16 "$work/chord$((part++)).wav" synth 4 "${voices[@]}" remix - fade 0.02 4 1 norm -16
  done
  sox "$work"/chord?.wav "$work/tune.wav"
  mv "$work/tune.wav" "$1"
}

# beep OUT is a short tone of 1000 Hz.
beep() {
  [[ -s $1 ]] && return
  sox -n -r 8000 -c 1 -b 16 "$work/beep.wav" synth 0.25 sine 1000 fade 0.01 0.25 0.01 gain -9
  mv "$work/beep.wav" "$1"
}

for program in espeak-ng sox; do
  command -v "$program" >/dev/null || die "$program is missing: run deploy/setup.sh run"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [[ ${1:-} == --tune && $# == 2 ]]; then
  mkdir -p "$2"
  tune "$2/tune.wav"
elif [[ ${1:-} == --beep && $# == 2 ]]; then
  mkdir -p "$2"
  beep "$2/beep.wav"
elif [[ $# == 1 ]]; then
  mkdir -p "$1"
  announce "$1/please-hold.wav" \
    "Terima kasih kerana menghubungi kami. Sila tunggu sebentar." \
    "Thank you for calling. Please hold."
  announce "$1/sorry.wav" \
    "Maaf, kami tidak dapat menjawab panggilan anda pada masa ini. Sila hubungi kami semula sebentar lagi. Terima kasih." \
    "We are sorry, we cannot answer your call at this time. Please call again in a little while. Thank you."
else
  die "usage: speech.sh [--tune|--beep] FOLDER"
fi
