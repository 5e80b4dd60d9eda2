// Programs for the fake machine. Their code is in the host program; the ELF files made here have the same addresses, so
// that the real loaders make address spaces in which the host's text can run: a page of text with the entry, a copy of
// all constants (which are granted and copied from), and for services a page for their ProcessContext.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace axo::whole {

/// Where every service has its ProcessContext, in its own memory.
inline constexpr std::uint64_t context_address = 0x0000'10ff'ff00'0000, context_bytes = 0x1'0000;

/// And where the table of its State: the section .axo.schema of lib/sef lies there (rules.mk).
inline constexpr std::uint64_t schema_address = 0x4000'0000;

enum class Kind { service, program };
/// `schema`: a page that says what the State looks like; empty: nothing does.
std::vector<std::byte> elf_of(const void *entry, Kind kind, std::span<const std::byte> schema);

/// The boot archive: the services of etc/boot.conf that are linked in, and a root file system with /sbin/init and
/// hello. Errors are the host's and end the program.
std::vector<std::byte> boot_archive();

// ---- for programs
// --------------------------------------------------------------------------------------------------------
/// One Linux call.
std::int64_t linux_call(std::uint64_t number, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                        std::uint64_t d = 0, std::uint64_t e = 0);
/// The machine's own door: a text for the test, and who says it. A program has no memory of the host: none of its text
/// is a std::string.
void report(std::string_view who, std::string_view text);

}  // namespace axo::whole
