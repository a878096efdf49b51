import HingeGraph
import Testing

@testable import HingeONNX

/// Reads an encoded model.
func readModel(_ wire: Wire, folder: String? = nil) throws -> Model {
    try MessageReader.read(
        wire.region, as: .model, externalData: folder.map { ExternalDataFolder($0) }
    ) { reader, message in
        try reader.model(message)
    }
}

/// The bytes of a model, external references kept.
func encode(_ model: Model) throws -> [UInt8] {
    try ModelFile.encode(model, .asRead).bytes
}

/// The message of the error that `body` throws, with its context.
func errorText(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}
