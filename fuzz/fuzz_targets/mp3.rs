#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| uguisu::fuzzing::mp3(data));
