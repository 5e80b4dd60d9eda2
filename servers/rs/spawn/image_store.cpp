// Reading and keeping program images.
#include "servers/rs/spawn/image_store.hpp"

#include "axo/vfs_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/grants.hpp"

#include <cstring>

namespace axo::rs {

namespace {
constexpr std::uint64_t first_guess = 128 * 1024;
constexpr std::uint64_t page_up(std::uint64_t bytes) { return (bytes + page_size - 1) & ~(page_size - 1); }
}  // namespace

std::string_view program_path(std::string_view command) {
    return {command.data(), std::min(command.find(' '), command.size())};
}

std::string_view program_name(std::string_view command) {
    std::string_view path = program_path(command);
    const std::size_t slash = path.rfind('/');
    if (slash != path.npos) path.remove_prefix(slash + 1);
    return path;
}

std::string_view Image::program() const { return program_name(text_of(path)); }

sef::Async<Result<Image *>> ImageStore::reserve(const char *path, std::uint64_t bytes) {
    Image *image = nullptr;
    for (Image &candidate : images_)
        if (candidate.users == 0) image = &candidate;
    if (image == nullptr) co_return Error::no_memory;
    *image = Image{};
    image->users = 1;
    put_text(image->path, program_path(path));
    const axo::vm::RegionAllocate request{page_up(bytes), 0};
    const auto region = co_await sef::request(endpoint::vm, request);
    if (!region) {
        image->users = 0;
        co_return region.error();
    }
    image->memory = sys::Region(region->handle, page_up(bytes));
    co_return image;
}

/// The file's size, which may be more than there is room for.
sef::Async<Result<std::uint64_t>> ImageStore::fill(Image *image) {
    const std::string_view path = text_of(image->path);
    auto name = sys::Grant::direct(endpoint::vfs, image->path, path.size(), sys::Access::read);
    const sys::Region room = image->memory;
    auto buffer = sys::Grant::direct(endpoint::vfs, room.at(0), room.bytes(), sys::Access::write);
    if (!name || !buffer) co_return Error::no_memory;
    const vfs::ReadFile request{name->id(), static_cast<std::uint32_t>(path.size()), buffer->id(), 0, room.bytes()};
    const auto answer = co_await sef::request(endpoint::vfs, request);
    if (!answer) co_return answer.error();
    co_return answer->size;
}

sef::Async<Result<Image *>> ImageStore::read(const char *path) {
    std::uint64_t room = first_guess;
    for (int attempt = 0; attempt < 3; ++attempt) {
        auto reserving = reserve(path, room);
        const auto image = co_await reserving;
        if (!image) co_return image.error();
        auto filling = fill(*image);
        const auto size = co_await filling;
        if (size && *size <= room) {
            (*image)->bytes = *size;
            co_return *image;
        }
        release(*image);
        if (!size) co_return size.error();
        if (*size > largest) co_return Error::too_big;
        room = *size;
    }
    co_return Error::busy;  // the file grows faster than it is read
}

sef::Async<Result<Image *>> ImageStore::copy_physical(const char *name, PhysAddr start, std::uint64_t bytes) {
    const axo::vm::MapPhysical mapping{start, page_up(bytes), 0};
    const auto mapped = co_await sef::request(endpoint::vm, mapping);
    if (!mapped) co_return mapped.error();
    auto reserving = reserve(name, bytes);
    const auto image = co_await reserving;
    if (image) {
        std::memcpy((*image)->memory.at(0), reinterpret_cast<const std::byte *>(mapped->address.value), bytes);
        (*image)->bytes = bytes;
    }
    const axo::vm::RegionFree unmapping{mapped->handle};
    static_cast<void>(sef::tell(endpoint::vm, unmapping));
    co_return image;
}

Image *ImageStore::share(std::string_view program) {
    for (Image &image : images_) {
        if (image.users == 0 || image.bytes == 0 || image.program() != program) continue;
        ++image.users;
        return &image;
    }
    return nullptr;
}

void ImageStore::release(Image *image) {
    if (image == nullptr || --image->users != 0) return;
    const axo::vm::RegionFree request{image->memory.handle()};
    static_cast<void>(sef::tell(endpoint::vm, request));
    *image = Image{};
}

}  // namespace axo::rs
