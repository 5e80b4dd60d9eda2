// The machine of vm_machine.hpp with services in it, as RS has VM load them.
#pragma once

#include <utility>
#include <vector>

#include "test/host/fake/elf_image.hpp"
#include "test/host/vm/vm_machine.hpp"

namespace axo::fake {

/// Text at 0x400000 and data with zeros behind it at 0x402000.
inline std::vector<std::byte> service_image() {
    constexpr Elf64_Phdr segments[] = {
        {PT_LOAD, PF_R | PF_X, 0, 0x400000, 0, page_size, page_size, page_size},
        {PT_LOAD, PF_R | PF_W, 2 * page_size, 0x402000, 0, 100, 2 * page_size, page_size}};
    return elf_image(elf_header(0x400100, 2), segments, 3 * page_size, std::byte{'d'});
}

struct VmServiceMachine : VmMachine {
    /// With an arena of four pages and two of scratch.
    Result<vm::Spawn::Reply> spawn(Endpoint process, std::vector<std::byte> bytes = service_image()) {
        image = std::move(bytes);
        const GrantId grant = system.grant(endpoint::rs, image.data(), image.size());
        return *server->ask(endpoint::rs, vm::Spawn{process, grant, image.size(), 4, 2});
    }
    std::vector<std::byte> image;
};

}  // namespace axo::fake
