# Running tests and adding up how they went, for scripts/test; sourced after common.sh.
# shellcheck shell=bash

passed=0 failed=0 skipped=0 cases=0

# run_tests FOLDER [arguments of ctest]: adds its figures to the totals.
run_tests() {
  local folder=$1 log summary left_out
  shift
  log=$folder/ctest.log
  ctest --test-dir "$folder" --parallel "$(nproc)" --output-on-failure --no-tests=error "$@" 2>&1 | tee "$log" || true
  # "97% tests passed, 3 tests failed out of 120"
  summary=$(sed -nE 's/.*tests passed, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$log")
  [[ $summary ]] || fail "ctest in $folder ran nothing"
  failed=$((failed + ${summary% *}))
  left_out=$(grep -c '\*\*\*Skipped' "$log" || true)  # ctest counts them as passed
  skipped=$((skipped + left_out))
  passed=$((passed + ${summary#* } - ${summary% *} - left_out))
  cases=$((cases + $(skipped_cases "$folder/Testing/Temporary/LastTest.log")))
}

# How many cases programs of GoogleTest and scripts of unittest have left out: one of ctest's tests is many of theirs, and
# passes all the same. What ctest itself calls skipped does not count.
skipped_cases() {
  awk '
    / Testing: / { found = 0 }
    /^\[  SKIPPED \] [0-9]+ tests?[.,]/ { found += $4 }  # not the lines with their names
    /^(OK|FAILED) \(/ && match($0, /skipped=[0-9]+/) { found += substr($0, RSTART + 8, RLENGTH - 8) }
    /^Test (Passed|Failed)\.$/ { total += found }
    END { print total + 0 }' "$1"
}

# The totals: what was left out, if anything was, and a last line that other programs may read.
verdict() {
  ((skipped + cases == 0)) || echo "$skipped skipped, and $cases cases of others"
  echo "$passed passed, $failed failed"
}
