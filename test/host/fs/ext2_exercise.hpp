// Everything a program can do to a file system, on an image that may be damaged anywhere: each
// request may fail, none may crash or run for ever.
#pragma once

#include "test/host/fs/ext2_image.hpp"
#include "test/host/fs/fs_client.hpp"

namespace axo::host {

inline constexpr unsigned exercised_entries = 60;

/// A small image with a bit of everything, to be damaged.
inline std::vector<std::byte> image_to_damage(const std::string &options) {
    Ext2Image volume(make_image(options, 1024));
    if (!volume.mount()) return {};
    FsClient<Ext2Image> client(volume);
    const auto must = [](bool ok) {
        if (!ok) std::abort();
    };
    must(client.make_directory("d").has_value());
    must(client.make_directory("d/e").has_value());
    must(client.create("d/file").has_value());
    must(client.write("d/file", 0, std::string(300'000, 'f')).has_value());
    must(client.create("small").has_value());
    must(client.write("small", 5000, "text").has_value());
    must(client.link("small", "d/e/hard").has_value());
    must(client.symbolic_link("soft", "d/file").has_value());
    must(client.symbolic_link("d/long", std::string(200, 'l')).has_value());
    for (int i = 0; i < 20; ++i) must(client.create("d/e/" + std::to_string(i)).has_value());
    volume.unmount();
    return volume.image();
}

inline void read_all(FsClient<Ext2Image> &client, const std::string &path, unsigned depth, unsigned &left) {
    if (left == 0) return;
    --left;
    static_cast<void>(client.stat(path));
    static_cast<void>(client.read(path, 0, 50'000));
    static_cast<void>(client.read_link(path));
    const auto records = client.list(path, 1000);
    if (!records || depth == 0) return;
    for (const auto &[name, record] : *records)
        if (name != "." && name != "..") read_all(client, path.empty() ? name : path + "/" + name, depth - 1, left);
}

/// The image afterwards.
inline std::vector<std::byte> exercise(const std::vector<std::byte> &image) {
    Ext2Image volume(image, 64 * 1024);
    if (!volume.mount()) return image;
    FsClient<Ext2Image> client(volume);
    unsigned left = exercised_entries;
    read_all(client, "", 4, left);
    static_cast<void>(client.create("d/new"));
    static_cast<void>(client.write("d/new", 20'000, std::string(30'000, 'n')));
    static_cast<void>(client.write("d/file", 100'000, std::string(10'000, 'w')));
    static_cast<void>(client.truncate("d/file", 5000));
    static_cast<void>(client.rename("d/e", "moved"));
    static_cast<void>(client.rename("small", "d/e/hard"));
    static_cast<void>(client.make_directory("moved/again"));
    static_cast<void>(client.remove("d/file"));
    static_cast<void>(client.remove("d/long"));
    static_cast<void>(client.remove("soft"));
    static_cast<void>(client.remove("moved", true));
    for (int i = 0; i < 20; ++i) static_cast<void>(client.remove("d/e/" + std::to_string(i)));
    volume.unmount();
    return volume.image();
}

}  // namespace axo::host
