// Program images in RS' memory: read whole before a service is started, kept where a copy was asked for. The memory
// comes from VM as regions, asked for without blocking.
#pragma once

#include <array>
#include <string_view>

#include "axo/service_request.hpp"
#include "lib/sef/coroutine.hpp"
#include "lib/sys/region.hpp"

namespace axo::rs {

/// One image. Whoever uses it counts in `users`; the last one gives the memory back.
struct Image {
    sys::Region memory;
    std::uint64_t bytes = 0;  // of the program
    std::uint32_t users = 0;  // 0: entry unused
    char path[service::command_max] = {};

    std::string_view program() const;
};

class ImageStore {
public:
    static constexpr std::uint64_t largest = 16 * 1024 * 1024;

    /// Reads the program at `path` (lives as long as the coroutine). Errors: those of VFS, no_memory, too_big.
    sef::Async<Result<Image *>> read(const char *path);
    /// A copy of physical memory that RS was given the right to map (boot archive). Errors: no_memory, those of VM.
    sef::Async<Result<Image *>> copy_physical(const char *name, PhysAddr start, std::uint64_t bytes);
    /// An image in use with the same program name, counted once more; or null.
    Image *share(std::string_view program);
    void use(Image &image) { ++image.users; }
    void release(Image *image);

private:
    sef::Async<Result<Image *>> reserve(const char *path, std::uint64_t bytes);
    sef::Async<Result<std::uint64_t>> fill(Image *image);

    std::array<Image, 64> images_{};
};

/// Last component of a path that ends at a blank.
std::string_view program_name(std::string_view command);
/// The path: everything before the first blank.
std::string_view program_path(std::string_view command);

}  // namespace axo::rs
