#pragma once

namespace glyffuser {

/// Keeps memory that is freed for the next allocation instead of giving it back to the system: a training
/// step asks for the same gigabyte as the one before, and the kernel would clear every page of it again. To
/// be called once, before threads start. Does nothing where the C library is not glibc.
void keep_freed_memory();

}  // namespace glyffuser
