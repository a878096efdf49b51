import HingeGraph
import HingeOperators

/// Writes a model to a file, or to two: the message, and the weights beside it.
enum ModelFile {
    /// Writes a model to its destination.
    ///
    /// The weights go into a file of their own when that is asked for, unless none is large enough to, or when the
    /// message would be larger than a message may be. That file is written first, under a name that no file has
    /// yet, so that the model that is being replaced stays whole until the new one is.
    ///
    /// - Parameters:
    ///   - irVersion: The version of the format; `nil` for that of the model.
    ///   - maximumByteCount: The most bytes that a message may have.
    static func write(
        _ model: Model, to destination: ModelDestination, externalData: Bool,
        irVersion: Int? = nil, maximumByteCount: Int = EncodedMessage.maximumByteCount
    ) throws {
        var model = prepared(model)
        if let irVersion { model = try model.stating(irVersion: irVersion) }
        let (staged, path) = (destination.staged, destination.writtenPath)
        let place = try staged?.place ?? OutputPlace(path)
        if !externalData {
            let message = try encode(model, .inline)
            if message.byteCount <= maximumByteCount {
                return try message.withPieces { try AtomicFile.write($0, to: path) }
            }
        }
        guard place.isFile else {
            throw HingeError(
                .unsupported, "weights in a second file need an output that is a file",
                at: [.file(place.path)])
        }
        let obsolete = ExternalDataFile.replaced(at: place)
        var encoded: EncodedMessage?
        var isNeeded = false
        let dataPath = try AtomicFile.create(ExternalDataFile.names(for: place), beside: place) {
            name, write in
            let data = ExternalDataWriter(location: name)
            let message = try encode(model, .external(data))
            guard message.byteCount <= maximumByteCount else {
                throw HingeError(
                    .limit,
                    "the model has \(message.byteCount) bytes without its weights; at most "
                        + "\(maximumByteCount) fit a message")
            }
            try data.withPieces { for piece in $0 { try write(piece) } }
            encoded = message
            isNeeded = !data.isEmpty
        }
        defer { if staged == nil { TemporaryFiles.remove(dataPath) } }
        if !isNeeded { TemporaryFiles.remove(dataPath) }
        staged?.keep(dataPath)
        let kept = staged == nil && isNeeded ? [dataPath] : []
        try encoded?.withPieces { try AtomicFile.write($0, to: path, keeping: kept) }
        guard let obsolete else { return }
        if let staged = staged {
            staged.replace(obsolete)
        } else {
            AtomicFile.remove(obsolete)
        }
    }

    /// Encodes a model.
    static func encode(_ model: Model, _ placement: PayloadPlacement) throws -> EncodedMessage {
        let writer = MessageWriter(placement)
        return try EncodedMessage(writer.model(model), as: .model, writer)
    }

    /// The model with nodes of different names, and with what a file must say that a model from another format doesn't.
    ///
    /// Names that the file repeats from which the model was read stay as they are.
    private static func prepared(_ model: Model) -> Model {
        var model = model
        let origin = ONNXOrigin(model.origin)
        if origin?.repeatsNodeNames != true { model.makeNodeNamesUnique() }
        guard origin == nil else { return model }
        model.irVersion = IRVersion.fitting(model)
        if model.producerName.isEmpty { model.producerName = "hinge" }
        return model
    }
}
