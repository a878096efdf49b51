import Foundation
import Hinge
import HingeOperators
import Testing

/// What stands where an output goes, and what becomes of it.
@Suite struct OutputTests {
    static let source = Tool.fixture("digits/digits-torch.onnx")
    static let names = ["x.onnx", "x.keras", "x.h5", "x.weights.h5", "x.hdf5"]
    private let manager = FileManager.default

    private func files(_ folder: String) throws -> [String] {
        try manager.contentsOfDirectory(atPath: folder).sorted()
    }

    private func data(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// Runs the program through the shell, which has `$hinge` for it.
    private func shell(_ script: String, folder: String) throws -> Tool.Result {
        try Tool.run(
            ["-c", "hinge='\(try Tool.program().path)'; cd '\(folder)'; \(script)"],
            program: URL(fileURLWithPath: "/bin/sh"))
    }

    @Test(arguments: names)
    func linksAndPermissionsStay(_ name: String) throws {
        try Tool.withFolder { folder in
            try manager.createDirectory(
                atPath: "\(folder)/store", withIntermediateDirectories: true)
            let target = "\(folder)/store/target"
            try Data("old".utf8).write(to: URL(fileURLWithPath: target))
            try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: target)
            try manager.createSymbolicLink(
                atPath: "\(folder)/\(name)", withDestinationPath: "store/target")
            let result = try Tool.run("convert", Self.source, "\(folder)/\(name)")
            #expect(result.status == 0, "\(result.errors)")
            #expect(
                try manager.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
                    == "store/target")
            let mode = try manager.attributesOfItem(atPath: target)[.posixPermissions] as? Int
            #expect(mode == 0o640)
            #expect(try files("\(folder)/store") == ["target"])
            #expect(try files(folder) == ["store", name].sorted())
            #expect(try data(target).count > 1000)
        }
    }

    @Test(arguments: names)
    func longNames(_ name: String) throws {
        try Tool.withFolder { folder in
            let long = String(repeating: "n", count: 255 - name.utf8.count) + name
            let result = try Tool.run(
                ["convert", Self.source, "\(folder)/\(long)"]
                    + (name == "x.onnx" ? ["--external-data"] : []))
            #expect(result.status == 0, "\(result.errors)")
            #expect(try files(folder).contains(long))
            let again = try Tool.run(
                "inspect", "\(folder)/\(long)", "--architecture", Self.source)
            #expect(name == "x.weights.h5" || again.status == 0, "\(again.errors)")
        }
    }

    @Test(arguments: names)
    func aLimitOnTheSizeOfFilesIsAnError(_ name: String) throws {
        try Tool.withFolder { folder in
            try Data("old".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            let result = try shell(
                "ulimit -f 8; \"$hinge\" convert '\(Self.source)' \(name)", folder: folder)
            #expect(result.status == 74)
            #expect(
                result.errors == "hinge: \(name): cannot write the file: File too large\n")
            #expect(try data("\(folder)/\(name)") == Data("old".utf8))
            #expect(try files(folder) == [name])
        }
    }

    @Test(arguments: names)
    func standardOutputTakesAModel(_ name: String) throws {
        try Tool.withFolder { folder in
            let format = name.dropFirst(2)
            let piped = try shell(
                "\"$hinge\" convert '\(Self.source)' /dev/fd/1 --to \(format) | cat > \(name)",
                folder: folder)
            #expect(piped.status == 0, "\(piped.errors)")
            let plain = try Tool.run("convert", Self.source, "\(folder)/plain.\(format)")
            #expect(plain.status == 0)
            #expect(try data("\(folder)/\(name)") == data("\(folder)/plain.\(format)"))
        }
    }

    @Test func aClosedOutputIsAnError() throws {
        try Tool.withFolder { folder in
            let closed = try shell("\"$hinge\" inspect '\(Self.source)' >&-", folder: folder)
            #expect(closed.status == 74)
            #expect(
                closed.errors == "hinge: cannot write to standard output: Bad file descriptor\n")
            // No file may take the number of the closed output, and get what is printed.
            let converted = try shell(
                "\"$hinge\" convert '\(Self.source)' x.onnx <&- >&- 2>&-", folder: folder)
            #expect(converted.status == 74)
            #expect(try Tool.run("verify", "\(folder)/x.onnx", Self.source).status == 0)
        }
    }

    @Test func aReaderThatHasSeenEnoughIsNoError() throws {
        let process = Process()
        process.executableURL = try Tool.program()
        process.arguments = ["inspect", Self.source, "--weights"]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try output.fileHandleForReading.close()
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
        #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
    }

    /// The process waits for a reader of the pipe at the latest, with its temporary file complete.
    @Test(arguments: [SIGHUP, SIGINT, SIGTERM])
    func temporaryFilesGoWithTheProcess(_ number: Int32) throws {
        // A process that began in the background ignores some signals, and so would those that it begins.
        _ = signal(number, SIG_DFL)
        try Tool.withFolder { folder in
            let temporary = "\(folder)/temporary"
            try manager.createDirectory(atPath: temporary, withIntermediateDirectories: true)
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            let process = Process()
            process.executableURL = try Tool.program()
            process.arguments = ["convert", Self.source, "\(folder)/pipe", "--to", "hdf5"]
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["TMPDIR": temporary]) { $1 }
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let deadline = Date(timeIntervalSinceNow: 60)
            var names: [String] = []
            while names.isEmpty, Date() < deadline {
                usleep(1000)
                names = try files(temporary)
            }
            #expect(!names.isEmpty)
            kill(process.processIdentifier, number)
            let end = Date(timeIntervalSinceNow: 60)
            while process.isRunning, Date() < end { usleep(1000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            #expect(process.terminationReason == .uncaughtSignal)
            #expect(process.terminationStatus == number)
            #expect(try files(temporary).isEmpty)
        }
    }
}

/// Models whose weights stand in a second file.
@Suite struct ExternalDataOutputTests {
    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func convert(_ arguments: String...) throws {
        let result = try Tool.run(["convert"] + arguments + ["--external-data"])
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test func dataThatAModelBesideNeedsStays() throws {
        try Tool.withFolder { folder in
            let (a, b) = ("\(folder)/a.onnx", "\(folder)/b.onnx")
            try convert(OutputTests.source, a)
            #expect(try files(folder) == ["a.onnx", "a.onnx.data"])
            try FileManager.default.copyItem(atPath: a, toPath: b)
            try convert(OutputTests.source, a)
            #expect(
                try files(folder) == ["a.onnx", "a.onnx.1.data", "a.onnx.data", "b.onnx"])
            for model in [a, b] {
                #expect(try Tool.run("verify", model, OutputTests.source).status == 0)
            }
            // Nobody needs what only the replaced model had.
            try convert(a, a)
            #expect(
                try files(folder) == ["a.onnx", "a.onnx.2.data", "a.onnx.data", "b.onnx"])
            #expect(try Tool.run("verify", a, b).status == 0)
        }
    }

    @Test func dataStandsBesideTheLink() throws {
        try Tool.withFolder { folder in
            let manager = FileManager.default
            try manager.createDirectory(
                atPath: "\(folder)/store", withIntermediateDirectories: true)
            try manager.createSymbolicLink(
                atPath: "\(folder)/a.onnx", withDestinationPath: "store/target")
            try convert(OutputTests.source, "\(folder)/a.onnx")
            #expect(try files(folder) == ["a.onnx", "a.onnx.data", "store"])
            #expect(try Tool.run("verify", "\(folder)/a.onnx", OutputTests.source).status == 0)
        }
    }

    @Test func noDataIsNoFile() throws {
        try Tool.withFolder { folder in
            var graph = GraphBuilder()
            let x = graph.input("x", .float32, ["N", 4])
            graph.output(try graph.append(Elu(alpha: 0.5), x), "y")
            try graph.model().write(toFile: "\(folder)/small.onnx")
            try convert("\(folder)/small.onnx", "\(folder)/out.onnx")
            #expect(try files(folder) == ["out.onnx", "small.onnx"])
        }
    }

    @Test func aStreamHasNothingBesideIt() throws {
        let result = try Tool.run(
            "convert", OutputTests.source, "/dev/fd/1", "--to", "onnx", "--external-data")
        #expect(result.status == 65)
        #expect(
            result.errors
                == "hinge: /dev/fd/1: weights in a second file need an output that is a file\n")
    }
}
