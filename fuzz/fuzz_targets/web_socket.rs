#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| uguisu::fuzzing::web_socket(data));
