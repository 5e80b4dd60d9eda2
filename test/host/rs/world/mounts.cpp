// VFS mounts and unmounts: each mount has a file system of its own, which RS makes and ends.
#include "servers/rs/service/majors.hpp"
#include "test/host/rs/world/world.hpp"

namespace axo::rs::test {

void World::start_file_system() {
    StartFileSystem request{};
    put_text(request.program, "tmpfs");
    ++mount_requests;
    mount_waits[server.send(endpoint::vfs, request, IpcCall::senda)] = endpoint::none;
    collect();
}

void World::stop_file_system(Endpoint process) {
    mounted.erase(process.value);
    ++mount_requests;
    mount_waits[server.send(endpoint::vfs, StopFileSystem{process, 0}, IpcCall::senda)] = process;
    collect();
}

void World::on_mount_answer(const Message &message) {
    const auto waiter = mount_waits.find(message.tag);
    ASSERT_NE(waiter, mount_waits.end()) << "an answer VFS does not wait for";
    const Endpoint stopped = waiter->second;
    mount_waits.erase(waiter);
    if (stopped != endpoint::none) {
        EXPECT_EQ(message.status(), 0);
        EXPECT_EQ(server.state().services.find(stopped), nullptr) << "it is still there";
        ++mounts_ended;
        return;
    }
    if (message.status() < 0) {
        ++mounts_failed;
        return;
    }
    const Endpoint process = decode_reply<StartFileSystem::Reply>(message)->process;
    const Service *service = server.state().services.find(process);
    ASSERT_NE(service, nullptr);
    EXPECT_TRUE(service->label.view().starts_with("tmpfs."));
    ++mounts_done;
    mounted.insert(process.value);
}

void World::mount_or_unmount() {
    if (mounted.empty() || one_in(2)) return start_file_system();
    auto chosen = mounted.begin();
    std::advance(chosen, static_cast<long>(random() % mounted.size()));
    stop_file_system(Endpoint{*chosen});
}

/// VFS hears that a process died: of a mount, or of a driver.
void World::vfs_hears_of(Endpoint gone) {
    bool of_mount = mounted.erase(gone.value) == 1;
    for (const auto &[tag, stopped] : mount_waits) of_mount = of_mount || stopped == gone;
    mounts_lost += of_mount;
    drivers_lost += !of_mount;
    const Program *program = at(gone);
    const Service *service = program == nullptr ? nullptr : find(program->label);
    const bool driver = service != nullptr && program->dead && majors_of(*service)[0].major != 0;
    EXPECT_TRUE(of_mount || driver) << "neither a file system that a mount has, nor a dead driver";
}

}  // namespace axo::rs::test
