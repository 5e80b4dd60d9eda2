// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Whose driver-up events VFS believes, and who may have a major.
#include <fcntl.h>
#include <sys/syscall.h>

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint disk = Endpoint::make(40, 1), successor = Endpoint::make(41, 1), liar = Endpoint::make(42, 1);
constexpr std::uint32_t major = 240;

struct VfsDrivers : VfsMachine, testing::Test {
    std::map<std::string, Endpoint> labels;
    std::deque<ds::Check::Reply> events;  // all of the same key
    std::vector<Endpoint> opened;
    int file = -1;

    VfsDrivers() {
        system.answer<ds::EndpointOf>([this](Endpoint, const ds::EndpointOf &r) -> Result<ds::EndpointOf::Reply> {
            const auto found = labels.find(std::string(text_of(r.label)));
            if (found == labels.end()) return Error::no_process;
            return ds::EndpointOf::Reply{found->second};
        });
        system.answer<ds::Check>([this](Endpoint, const ds::Check &r) -> Result<ds::Check::Reply> {
            if (events.empty()) return Error::no_entry;
            const ds::Check::Reply event = events.front();
            events.pop_front();
            const std::string key = std::string(device::up_event_prefix) + "disk";
            std::memcpy(system.granted(r.key, endpoint::ds).data(), key.c_str(), key.size() + 1);
            return event;
        });
        system.answer<device::Open>([this](Endpoint peer, const device::Open &r) -> Result<device::Open::Reply> {
            opened.push_back(peer);
            return device::Open::Reply{r.minor, 0, 1 << 20};
        });
        system.answer<device::Close>([](Endpoint, const device::Close &) -> Result<Nothing> { return Nothing{}; });
    }
    Status map(std::string_view label, Endpoint driver) {
        vfs::MapDriver request{};
        request.driver = driver;
        request.major = major;
        request.block = 1;
        put_text(request.label, label);
        return to_status(*server->ask(endpoint::rs, request));
    }
    static Status to_status(const Result<Nothing> &result) { return result ? Status{} : Status{result.error()}; }
    void says_it_is_up(Endpoint driver) {
        events.push_back({ds::Type::number, driver, 0, 0, 1});
        server->notify(endpoint::ds);
    }
    void open_disk() {
        labels["disk"] = disk;
        ASSERT_TRUE(map("disk", disk));
        says_it_is_up(disk);
        ASSERT_EQ(call(init, SYS_mknod, "/dev/disk", 0060600, major << 8 | 0), 0);
        file = static_cast<int>(call(init, SYS_open, "/dev/disk", O_RDWR, 0));
        ASSERT_GE(file, 0);
        ASSERT_EQ(opened, std::vector{disk});
        opened.clear();
    }
};

TEST_F(VfsDrivers, event_of_who_does_not_own_the_label_is_not_believed) {
    open_disk();
    says_it_is_up(liar);
    EXPECT_TRUE(opened.empty());
    labels.erase("disk");  // the label is away: its driver is being replaced
    says_it_is_up(liar);
    EXPECT_TRUE(opened.empty());
    EXPECT_EQ(server->state().devices.find(vfs::DeviceKind::block, major)->driver, disk);
}

TEST_F(VfsDrivers, minors_are_opened_at_the_successor) {
    open_disk();
    labels["disk"] = successor;
    EXPECT_TRUE(map("disk", successor));
    EXPECT_TRUE(opened.empty()) << "recovery waits for the event";
    says_it_is_up(successor);
    EXPECT_EQ(opened, std::vector{successor});
}

TEST_F(VfsDrivers, minors_are_opened_again_at_a_driver_that_starts_anew_in_its_place) {
    open_disk();
    says_it_is_up(disk);
    EXPECT_EQ(opened, std::vector{disk});
}

TEST_F(VfsDrivers, first_event_of_a_driver_is_no_restart) {
    labels["disk"] = disk;
    ASSERT_TRUE(map("disk", disk));
    says_it_is_up(disk);
    EXPECT_TRUE(map("disk", disk)) << "mapped once more, as at an update";
    EXPECT_TRUE(opened.empty());
}

TEST_F(VfsDrivers, major_has_one_driver_until_its_label_goes) {
    labels["disk"] = disk;
    ASSERT_TRUE(map("disk", disk));
    EXPECT_EQ(map("other", liar).error(), Error::busy);
    EXPECT_EQ(server->state().devices.find(vfs::DeviceKind::block, major)->driver, disk);
    labels.erase("disk");
    EXPECT_TRUE(map("other", liar));
    EXPECT_EQ(server->state().devices.find(vfs::DeviceKind::block, major)->driver, liar);
}

}  // namespace
}  // namespace axo::fake
