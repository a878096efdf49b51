import HingeGraph
import HingeOperators

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes a model to a file, or to two: the message, and the weights beside it.
enum ModelFile {
    /// Writes a model in place of the file at `path`.
    ///
    /// The weights go into a file of their own when that is asked for, or when the message would be larger
    /// than a message may be. That file is written first, under a name that no file has yet, so that the
    /// model that is being replaced stays whole until the new one is.
    ///
    /// - Parameter maximumByteCount: The most bytes that a message may have.
    static func write(
        _ model: Model, to path: String, _ options: WriteOptions,
        maximumByteCount: Int = EncodedMessage.maximumByteCount
    ) throws {
        let model = prepared(model)
        if !options.externalData {
            let message = try encode(model, .inline)
            if message.byteCount <= maximumByteCount {
                return try message.withPieces { try AtomicFile.write($0, to: path) }
            }
        }
        let (folder, name) = split(path)
        let dataName = freeName(for: name, in: folder)
        let dataPath = "\(folder)/\(dataName)"
        let data = ExternalDataWriter(location: dataName)
        let message = try encode(model, .external(data))
        guard message.byteCount <= maximumByteCount else {
            throw HingeError(
                .limit,
                "the model has \(message.byteCount) bytes without its weights; at most "
                    + "\(maximumByteCount) fit a message")
        }
        let replaced = dataFile(of: path, name)
        try data.withPieces { try AtomicFile.write($0, to: dataPath) }
        do {
            try message.withPieces { try AtomicFile.write($0, to: path) }
        } catch {
            unlink(dataPath)
            throw error
        }
        if let replaced { unlink("\(folder)/\(replaced)") }
    }

    /// Encodes a model.
    static func encode(_ model: Model, _ placement: PayloadPlacement) throws -> EncodedMessage {
        let writer = MessageWriter(placement)
        return try EncodedMessage(writer.model(model), as: .model, writer)
    }

    /// The model with what a file must say that a model from another format doesn't.
    private static func prepared(_ model: Model) -> Model {
        guard ONNXOrigin(model.origin) == nil else { return model }
        var model = model
        model.irVersion = IRVersion.fitting(model)
        if model.producerName.isEmpty { model.producerName = "hinge" }
        return model
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// `NAME.data`, or the first of `NAME.1.data`, `NAME.2.data` … that doesn't exist.
    private static func freeName(for name: String, in folder: String) -> String {
        var candidate = "\(name).data"
        var number = 1
        while access("\(folder)/\(candidate)", F_OK) == 0 {
            candidate = "\(name).\(number).data"
            number += 1
        }
        return candidate
    }

    /// The data file that the model at `path` uses alone, by its name: one that was written with that model
    /// and has no use once it is replaced.
    private static func dataFile(of path: String, _ name: String) -> String? {
        guard
            let file = try? MappedFile(path: path),
            let model = try? ONNXFormat().read(file)
        else { return nil }
        let locations = Set(
            model.graph.initializers.compactMap { initializer -> String? in
                guard case .external(let entries) = TensorOrigin(initializer.origin).form else {
                    return nil
                }
                return entries["location"]
            })
        guard let location = locations.first, locations.count == 1, !location.contains("/"),
            location.hasPrefix(name + "."), location.hasSuffix(".data"),
            location == "\(name).data"
                || Int(location.dropFirst(name.count + 1).dropLast(5)) != nil
        else { return nil }
        return location
    }
}
