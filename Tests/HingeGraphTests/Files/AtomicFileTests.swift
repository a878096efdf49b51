import Foundation
import Testing

@testable import HingeGraph

@Suite("Files that are written whole or not at all")
struct AtomicFileTests {
    private let manager = FileManager.default

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hinge-atomic-\(UUID().uuidString)"
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, to path: String) throws {
        try Array(text.utf8).withUnsafeBytes { try AtomicFile.write([$0], to: path) }
    }

    private func read(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    private func names(_ folder: String) throws -> [String] {
        try manager.contentsOfDirectory(atPath: folder).sorted()
    }

    private func permissions(_ path: String) throws -> Int {
        try #require(manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// What goes wrong, in the words of the error.
    private func failure(_ path: String) -> String {
        do {
            try write("new", to: path)
            return "written"
        } catch {
            return "\((error as? HingeError)?.code.rawValue ?? "?"): \(error)"
        }
    }

    @Test("A link stays, and what it leads to is replaced", arguments: [true, false])
    func link(isThere: Bool) throws {
        try inFolder { folder in
            try manager.createDirectory(
                atPath: "\(folder)/a/b", withIntermediateDirectories: true)
            let target = "\(folder)/a/target"
            if isThere { try write("old", to: target) }
            try manager.createSymbolicLink(
                atPath: "\(folder)/a/b/second", withDestinationPath: "../target")
            try manager.createSymbolicLink(
                atPath: "\(folder)/first", withDestinationPath: "a/b/second")
            try write("new", to: "\(folder)/first")
            #expect(try read(target) == "new")
            #expect(
                try manager.destinationOfSymbolicLink(atPath: "\(folder)/first") == "a/b/second")
            #expect(
                try manager.destinationOfSymbolicLink(atPath: "\(folder)/a/b/second")
                    == "../target")
            #expect(try names(folder) == ["a", "first"])
            #expect(try names(folder + "/a") == ["b", "target"])
        }
    }

    @Test("Links that lead nowhere, or to a folder, are errors")
    func badLinks() throws {
        try inFolder { folder in
            for (name, target) in [("loop", "loop"), ("none", "missing/at/all"), ("folder", ".")] {
                try manager.createSymbolicLink(
                    atPath: "\(folder)/\(name)", withDestinationPath: target)
            }
            let place = "cannotCreate: \(folder)/"
            #expect(
                failure("\(folder)/loop")
                    == "\(place)loop: cannot create the file: Too many levels of symbolic links")
            #expect(
                failure("\(folder)/none")
                    == "\(place)none: cannot create the file: No such file or directory")
            #expect(
                failure("\(folder)/folder")
                    == "\(place)folder: expected a file to replace, found a folder")
            #expect(
                failure("\(folder)/new/")
                    == "\(place)new/: expected the name of a file, found a folder's")
            #expect(try names(folder) == ["folder", "loop", "none"])
        }
    }

    @Test("Permissions are those of the file that is replaced", arguments: [0o600, 0o640, 0o755])
    func permissions(_ mode: Int) throws {
        try inFolder { folder in
            let path = "\(folder)/file"
            try write("old", to: path)
            try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            try AtomicFile.replace(path) { temporary in
                // Nobody sees more of the new file than of the old one.
                #expect(try permissions(temporary) == 0o600)
                try Data("new".utf8).write(to: URL(fileURLWithPath: temporary))
            }
            #expect(try read(path) == "new")
            #expect(try permissions(path) == mode)
        }
    }

    @Test("A new file is as any program's new file")
    func newFile() throws {
        try inFolder { folder in
            try write("new", to: "\(folder)/file")
            #expect(manager.createFile(atPath: "\(folder)/plain", contents: nil))
            #expect(try permissions("\(folder)/file") == permissions("\(folder)/plain"))
        }
    }

    @Test("A file that may not be written is not replaced")
    func readOnly() throws {
        try inFolder { folder in
            let path = "\(folder)/file"
            try write("old", to: path)
            try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            let result = failure(path)
            if geteuid() == 0 {
                // Nothing is forbidden to the superuser; the permissions stay.
                #expect(result == "written")
                #expect(try permissions(path) == 0o444)
            } else {
                #expect(
                    result == "cannotCreate: \(path): cannot replace the file: Permission denied")
                #expect(try read(path) == "old")
            }
        }
    }

    @Test("A name may be as long as names can be")
    func longName() throws {
        try inFolder { folder in
            for length in [200, 254, 255] {
                let path = "\(folder)/\(String(repeating: "n", count: length))"
                try write("old", to: path)
                try write("new", to: path)
                #expect(try read(path) == "new")
            }
            #expect(
                failure("\(folder)/\(String(repeating: "n", count: 256))").hasSuffix(
                    "cannot create the file: File name too long"))
            #expect(try names(folder).count == 3)
        }
    }

    @Test("A pipe is written to, not replaced")
    func pipe() throws {
        try inFolder { folder in
            let path = "\(folder)/pipe"
            #expect(mkfifo(path, 0o600) == 0)
            // Open for reading and writing, it takes what is written without anybody waiting.
            let descriptor = open(path, O_RDWR | O_NONBLOCK)
            defer { close(descriptor) }
            try write("one", to: path)
            try AtomicFile.replace(path) { temporary in
                try Data("two".utf8).write(to: URL(fileURLWithPath: temporary))
            }
            var bytes = [UInt8](repeating: 0, count: 100)
            let count = Foundation.read(descriptor, &bytes, bytes.count)
            #expect(String(decoding: bytes.prefix(count), as: UTF8.self) == "onetwo")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
            #expect(try names(folder) == ["pipe"])
        }
    }

    /// It is only looked at: a test that fails must not leave the system without it.
    @Test("A device is no file to replace")
    func device() throws {
        #expect(try !OutputPlace("/dev/null").isFile)
        try inFolder { folder in
            try manager.createSymbolicLink(
                atPath: "\(folder)/link", withDestinationPath: "/dev/null")
            #expect(try !OutputPlace("\(folder)/link").isFile)
            #expect(try !OutputPlace("/dev/fd/1").isFile)
            #expect(try OutputPlace("/dev/stdout").isStandardOutput)
        }
    }

    @Test("A descriptor is written to from where it stands")
    func descriptors() throws {
        try inFolder { folder in
            let path = "\(folder)/log"
            try write("old ", to: path)
            let descriptor = open(path, O_WRONLY | O_APPEND)
            defer { close(descriptor) }
            try write("new", to: "/dev/fd/\(descriptor)")
            #expect(try read(path) == "old new")
            try manager.createSymbolicLink(
                atPath: "\(folder)/link", withDestinationPath: "/dev/fd/\(descriptor)")
            try write("er", to: "\(folder)/link")
            #expect(try read(path) == "old newer")
            #expect(
                failure("/dev/fd/987654")
                    == "cannotCreate: /dev/fd/987654: cannot open the output: Bad file descriptor")
        }
    }

    @Test("What is staged is not in place until it is put there")
    func staged() throws {
        try inFolder { folder in
            let path = "\(folder)/file"
            try write("old", to: path)
            do {
                let staged = try StagedFile(for: path)
                try write("new", to: staged.path)
                staged.keep(try AtomicFile.create(["data"], beside: staged.place) { _, _ in })
                #expect(try read(path) == "old")
                #expect(try staged.file().path == path)
                #expect(try staged.file().byteCount == 3)
                #expect(try names(folder).count == 3)
            }
            #expect(try names(folder) == ["file"])
            let staged = try StagedFile(for: path)
            try write("new", to: staged.path)
            staged.keep(try AtomicFile.create(["data"], beside: staged.place) { _, _ in })
            try staged.put()
            staged.discard()
            #expect(try read(path) == "new")
            #expect(try names(folder) == ["data", "file"])
        }
    }
}
