/*
 * sample_method: sample_ok in the second version of its method, for what is
 * compared across methods.
 */
#define SAMPLE_METHOD 2
#include "tests/probes/sample_ok.c"
