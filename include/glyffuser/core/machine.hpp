#pragma once
// The machine that the program runs on, for the head of a log and the records of a run. From Linux's /proc;
// where that is missing, the name is "unknown processor" and sizes are 0.

#include <cstdint>
#include <filesystem>
#include <string>

namespace glyffuser {

/// The processor's model, "AMD EPYC 9654 96-Core Processor".
std::string processor_name();

/// Bytes of main memory.
std::uint64_t machine_memory();

/// Bytes of main memory that a program could take now without others being swapped out (MemAvailable).
std::uint64_t available_memory();

/// The bytes of main memory that this process holds (VmRSS).
std::uint64_t resident_memory();

/// The most bytes of main memory that this process has held at once (VmHWM).
std::uint64_t peak_memory();

/// The value of the first line "key: value" or "key : value" of such a file, "" without one.
std::string proc_value(const std::filesystem::path& file, const std::string& key);

}  // namespace glyffuser
