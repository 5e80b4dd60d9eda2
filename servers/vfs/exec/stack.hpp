// The first page(s) of a new program's stack: argument and environment strings, their pointers, and
// the auxiliary vector, as the System V ABI (AMD64, 3.4.1) lays them out. Pure.
//
//   stack_end   8 zero bytes
//               path (AT_EXECFN), strings of environment and arguments, platform, 16 random bytes
//               (aligned) auxiliary vector, NULL, environment pointers, NULL, argument pointers
//   pointer ->  argc
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "axo/error.hpp"
#include "axo/types.hpp"

namespace axo::vfs {

inline constexpr std::uint64_t exec_strings_max = 128 * 1024;  // arguments, environment and their pointers

/// Arguments and environment as one block of NUL-terminated strings, arguments first.
class ArgumentBlock {
public:
    /// Strings are kept in `storage`, which must outlive the block.
    explicit ArgumentBlock(std::span<char> storage) : storage_(storage) {}

    /// Errors: too_big.
    Status add_argument(std::string_view text);
    /// All arguments must be added before. Errors: too_big.
    Status add_environment(std::string_view text);
    /// Scripts: argument 0 is replaced by `interpreter [argument] path`. Errors: too_big.
    Status replace_first(std::string_view interpreter, std::string_view argument, std::string_view path);

    /// Room for one more string to be written in place; then append_* counts it.
    std::span<char> room() { return storage_.subspan(used_); }
    /// A string of `bytes` (with NUL) was written at the start of room(). Errors: too_big.
    Status accept_argument(std::size_t bytes);
    Status accept_environment(std::size_t bytes);

    std::uint32_t argument_count() const { return arguments_; }
    std::uint32_t environment_count() const { return environment_; }
    std::string_view strings() const { return {storage_.data(), used_}; }

private:
    Status append(std::string_view text);
    bool fits(std::size_t more_bytes) const;

    std::span<char> storage_;
    std::size_t used_ = 0;
    std::uint32_t arguments_ = 0, environment_ = 0;
};

struct StackFacts {
    std::uint64_t program_headers, entry;
    std::uint16_t program_header_count;
    std::uint32_t uid, effective_uid, gid, effective_gid;
    bool secure;
    std::string_view path;
    std::uint8_t random[16];
    std::uint64_t hardware;  // AT_HWCAP: CPUID 1 EDX
};

/// Where the argument strings lie in the memory of the new program.
struct ArgumentArea {
    VirtAddr address;
    std::uint64_t bytes;
};
ArgumentArea argument_area(const ArgumentBlock &strings, const StackFacts &facts);

/// Bytes that build_stack needs, so that a buffer can be allocated.
std::size_t stack_image_bytes(const ArgumentBlock &strings, const StackFacts &facts);

/// Writes the image into the end of `out` so that its end is layout::stack_end; returns the stack
/// pointer, 16-byte aligned. Errors: too_big.
Result<VirtAddr> build_stack(std::span<std::byte> out, const ArgumentBlock &strings, const StackFacts &facts);

}  // namespace axo::vfs
