import HingeArchive
import HingeGraph
import HingeHDF5

/// Writes models as Keras files.
///
/// `.keras` is a zip file of the configuration and the weights, as Keras 3.11 and later write it. `.h5` is the legacy
/// whole model, in a form without what only Keras 3 knows: it holds layers, but no operations. `.weights.h5`
/// holds the weights alone, in the order of the model that `.keras` would hold.
///
/// The same model gives the same bytes: no file says when it was written.
enum KerasWriter {
    /// The kinds of files that are written.
    enum Kind: String, CaseIterable {
        case archive = "keras"
        case legacyModel = "h5"
        case weights = "weights.h5"

        /// Who is to read the configuration.
        var target: ConfigWriter.Target { self == .legacyModel ? .legacy : .keras3 }
    }

    /// The version of Keras that `.keras` files say they are of.
    static let version = "3.15.0"

    /// What a `.keras` file of a model says besides its weights.
    ///
    /// - Throws: ``HingeError`` with the node as its context when Keras can't express the model.
    static func architecture(_ model: Model) throws -> KerasFile {
        let written = try ModelTranslation.translate(model, target: .keras3)
        let text = JSONWriter.text(try Keras3Configuration.json(written))
        return KerasFile(
            kind: .archive, configuration: try JSONParser.parse(text), weights: nil,
            version: version)
    }

    /// Everything that stands in the way of writing a model.
    static func obstacles(_ model: Model, _ kind: Kind) -> [HingeError] {
        do {
            try model.requireGraph()
        } catch {
            return [error as? HingeError].compactMap { $0 }
        }
        return ModelTranslation.obstacles(model, target: kind.target)
    }

    /// Writes a model, atomically.
    ///
    /// - Throws: ``HingeError`` with the node as its context when Keras can't express the model.
    static func write(_ model: Model, _ kind: Kind, toPath path: String) throws {
        let written = try ModelTranslation.translate(model, target: kind.target)
        switch kind {
        case .legacyModel: try LegacyWeights.archive(written).write(toPath: path)
        case .weights: try PathWeights.archive(written).write(toPath: path)
        case .archive:
            let metadata: JSONValue = [
                "keras_version": .string(version), "date_saved": "1980-01-01@00:00:00",
            ]
            let weights = try PathWeights.archive(written).image(besidePath: path)
            let members: [ZipWriter.Member] = [
                ZipWriter.Member(name: "metadata.json", text: JSONWriter.text(metadata)),
                ZipWriter.Member(
                    name: "config.json",
                    text: JSONWriter.text(try Keras3Configuration.json(written))),
                ZipWriter.Member(name: "model.weights.h5", content: weights),
            ]
            try ZipWriter.write(members, toPath: path)
        }
    }
}
