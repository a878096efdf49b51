import HingeGraph
import HingeTransforms
import Testing

@testable import HingeKeras

@Suite struct WrittenConfigTests {
    /// Models whose layers' configurations are written anew compute the same.
    ///
    /// The samples of Keras 3: the written configurations have its meaning.
    @Test(
        arguments: Sample.all.filter {
            $0.file.hasPrefix("k315") && SampleTests.refused[$0.file] == nil
                && ($0.file.hasSuffix(".keras") || $0.file == "k315_act.h5"
                    || $0.file == "k315_pool.h5" || $0.file == "k315_merge.h5")
        })
    func saysTheSame(_ sample: Sample) throws {
        let file = try MappedFile(path: "\(Fixtures.root)/keras/\(sample.file)")
        let source = try KerasFile.read(file)
        let semantics = KerasSemantics(
            version: source.version ?? "", backend: source.backend)
        let found = try #require(source.configuration)
        let configuration = try rewritten(found, semantics)
        let instance = try LayerRegistry.make(LayerObject(configuration), semantics)
        let model = try #require(instance.layer as? ModelLayer)
        let weights: LayerWeights
        switch try #require(source.weights) {
        case .byLayer(let group, let path):
            weights = try LegacyWeightBinder(group, path: path, semantics: semantics)
                .bind(model.architecture)
        case .byPath(let roots):
            var binder = PathWeightBinder(roots)
            weights = try binder.bind(model)
        }
        var built = try KerasModelBuilder(model.architecture, semantics).build(weights)
        try built.run([Layout(to: .channelsFirst)])
        let arrays = try Fixtures.arrays("keras/\(sample.recorded)")
        for (index, difference) in try differences(built, arrays).enumerated() {
            #expect(difference <= sample.tolerance, "output \(index)")
        }
    }

    /// A model's configuration with those of its layers as they write them; models inside are
    /// treated alike.
    private func rewritten(_ json: JSONValue, _ semantics: KerasSemantics) throws -> JSONValue {
        var object = try #require(json.object)
        var config = try #require(object["config"]?.object)
        let layers = try #require(config["layers"]?.array)
        config["layers"] = .array(
            try layers.map { layer in
                var entry = try #require(layer.object)
                if entry["config"]?["layers"] != nil { return try rewritten(layer, semantics) }
                let instance = try LayerRegistry.make(LayerObject(layer), semantics)
                var written = try #require(instance.json(.keras3)["config"]?.object)
                // By this a legacy file tells a layer from an operation.
                written["trainable"] = entry["config"]?["trainable"]
                entry["config"] = .object(written)
                return .object(entry)
            })
        object["config"] = .object(config)
        return .object(object)
    }
}
