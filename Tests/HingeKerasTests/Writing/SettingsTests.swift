import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

/// What a file doesn't state, Keras takes from the settings of whoever loads it, or from the defaults of its version.
@Suite struct SettingsTests {
    /// A network of sequences and images with every layer that has a layout to state.
    private func network() throws -> Model {
        var graph = GraphBuilder()
        let sequence = graph.input("sequence", .float32, ["N", 2, 9])
        let padded = try graph.append(
            Conv(strides: [2], padding: .explicit([1, 0])), sequence,
            graph.constant(numbers([4, 2, 3])))
        let pooled = try graph.append(AveragePool(kernel: [2]), padded)
        graph.output(try graph.append(GlobalMaxPool(), pooled), "features")
        let image = graph.input("image", .float32, ["N", 4, 6, 6])
        var x = try graph.append(
            Conv(padding: .explicit([1, 1, 0, 1]), group: 4), image,
            graph.constant(numbers([4, 1, 2, 2])))
        x = try graph.append(
            ConvTranspose(strides: [2, 2], padding: .explicit([1, 1, 0, 0])), x,
            graph.constant(numbers([4, 4, 3, 3])))
        x = try graph.append(MaxPool(kernel: [2, 2], strides: [2, 2]), x)
        x = try graph.append(
            Resize(.nearest, .asymmetric, rounding: .floor, scales: [1, 1, 2, 2]), x)
        x = try graph.append(Mul(), x, graph.constant(numbers([4, 1, 1])))
        graph.output(try graph.append(Flatten(), x), "flat")
        return graph.model()
    }

    @Test(arguments: [ConfigWriter.Target.legacy, .keras3])
    func leavesNothingToSettings(_ target: ConfigWriter.Target) throws {
        let written = try ModelTranslation.translate(network(), target: target)
        let json =
            target == .legacy
            ? try LegacyConfiguration.json(written) : try Keras3Configuration.json(written)
        let withLayout: Set<String> = [
            "AveragePooling1D", "Conv1D", "Conv2DTranspose", "Cropping2D", "DepthwiseConv2D",
            "Flatten", "GlobalMaxPooling1D", "MaxPooling2D", "UpSampling2D", "ZeroPadding1D",
            "ZeroPadding2D",
        ]
        var seen: Set<String> = []
        for layer in json["config"]?["layers"]?.array ?? [] {
            let name = layer["class_name"]?.string ?? ""
            seen.insert(name)
            guard layer["module"]?.string?.hasPrefix("keras.src.ops") != true else { continue }
            #expect(layer["config"]?["dtype"] == "float32", "\(name)")
            guard withLayout.contains(name) else { continue }
            #expect(layer["config"]?["data_format"] == "channels_last", "\(name)")
        }
        // Keras 2 doesn't let this layer state its layout.
        let expected = target == .legacy ? withLayout.subtracting(["ZeroPadding1D"]) : withLayout
        #expect(seen.intersection(withLayout) == expected)
    }

    @Test(arguments: [KerasWriter.Kind.legacyModel, .archive])
    func computesTheSame(_ kind: KerasWriter.Kind) throws {
        let original = try network()
        #expect(try difference(rewritten(original, kind), original) <= 1e-5)
    }

    /// A layer inside another states its type too, and its module, by which alone Keras 3 finds it.
    @Test(arguments: [ConfigWriter.Target.legacy, .keras3])
    func statesTheTypeOfLayersInside(_ target: ConfigWriter.Target) throws {
        let original = try model(["N", 4, 3]) { graph, x in
            let steps = try graph.append(Transpose([1, 0, 2]), x)
            let inputs = [numbers([2, 8, 3]), numbers([2, 8, 2])].map { graph.constant($0) }
            let outputs = try graph.append(
                LSTM(hiddenSize: 2, direction: .bidirectional), [steps] + inputs, outputCount: 1)
            let turned = try graph.append(Transpose([2, 0, 1, 3]), outputs[0])
            return try graph.append(Reshape(shape: [0, 0, 4]), turned)
        }
        let written = try ModelTranslation.translate(original, target: target)
        let json =
            target == .legacy
            ? try LegacyConfiguration.json(written) : try Keras3Configuration.json(written)
        let layers = json["config"]?["layers"]?.array ?? []
        let wrapper = try #require(layers.first { $0["class_name"] == "Bidirectional" })
        let inner = try #require(wrapper["config"]?["layer"])
        #expect(inner["class_name"] == "LSTM")
        #expect(inner["module"] == "keras.layers")
        #expect(inner["config"]?["dtype"] == "float32")
    }

    /// Parameters are single precision in models, and must stay what they are where layers compute in double precision.
    @Test func keepsParametersInDoublePrecision() throws {
        let original = try model(["N", 6], .float64) { graph, x in
            try graph.append(LeakyRelu(alpha: 0.1), graph.append(Elu(alpha: 0.3), x))
        }
        #expect(try difference(rewritten(original, .archive), original) <= 1e-15)
        #expect(
            try layers(original) == [
                #"ELU {"alpha": 0.30000001192092896}"#,
                #"LeakyReLU {"negative_slope": 0.10000000149011612}"#,
            ])
    }

    /// The layer keeps what its deprecated field says.
    @Test func writesTheScalingOfLayerNormalization() throws {
        var config = ConfigWriter(target: .keras3, name: "normalize")
        LayerNormalizationLayer(scalesOnly: true).write(&config)
        #expect(
            JSONWriter.text(.object(config.object))
                == #"{"name": "normalize", "axis": -1, "epsilon": 0.001, "rms_scaling": true}"#)
        let reader = ConfigReader(
            config.object, semantics: KerasSemantics(generation: .keras3),
            className: "LayerNormalization", layerName: "normalize")
        let layer = try LayerNormalizationLayer(reader)
        #expect(layer.scalesOnly)
        #expect(layer.variables.own.map(\.name) == ["gamma"])
    }
}
