import HingeGraph

/// Reads files and writes them again, to show that nothing is lost.
package enum RoundTrip {
    /// Rewrites the files that a list names.
    ///
    /// Each line of the list is a kind, an input and an output, with tabs between. A kind is `model`, one of
    /// ``ONNXValue/Kind``, `type`, or `skeleton`, which writes a model without its payloads.
    ///
    /// - Returns: A line for each file that could not be rewritten.
    package static func run(listFile: String) throws -> [String] {
        let list = try MappedFile(path: listFile)
        let lines = String(decoding: list.region.bytes, as: UTF8.self).split(separator: "\n")
        var failures: [String] = []
        for line in lines {
            let parts = line.split(separator: "\t").map(String.init)
            guard parts.count == 3 else {
                throw HingeError(
                    .usage, "expected kind, input and output with tabs, found '\(line)'")
            }
            do {
                try withContext(.file(parts[1])) {
                    try rewrite(parts[0], MappedFile(path: parts[1]), to: parts[2])
                }
            } catch {
                failures.append("\(error)")
            }
        }
        return failures
    }

    private static func rewrite(_ kind: String, _ file: MappedFile, to path: String) throws {
        switch kind {
        case "model":
            let model = try MessageReader.read(
                file.region, as: .model, externalData: ExternalDataFolder(file.folder)
            ) { try $0.model($1) }
            let message = try ModelFile.encode(model, .asRead)
            try message.withPieces { try AtomicFile.write($0, to: path) }
        case "skeleton":
            let skeleton = try Skeleton.cut(file.region.bytes, as: .model)
            try write(skeleton ?? Array(file.region.bytes), to: path)
        case "type":
            let type = try ONNXValueFile.readType(file.region)
            try write(ONNXValueFile.encodeType(type), to: path)
        default:
            guard let kind = ONNXValue.Kind(rawValue: kind) else {
                throw HingeError(.usage, "expected the kind of a message, found '\(kind)'")
            }
            try ONNXValueFile.write(ONNXValueFile.read(file.region, as: kind), to: path)
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try bytes.withUnsafeBytes { try AtomicFile.write([$0], to: path) }
    }
}
