import HingeONNX

@testable import Hinge

extension HostileNode {
    /// Attributes of ONNX Runtime's operators, by kind.
    private static let counts = [
        "num_heads", "kv_num_heads", "axis", "transA", "transB", "transBatchA", "unidirectional",
        "do_rotary", "rotary_interleaved", "interleaved", "rotary_embedding_dim", "K", "N", "bits",
        "block_size", "local_window_size", "smooth_softmax", "qk_output", "channels_last", "opset",
        "group",
    ]
    private static let lists = ["qkv_hidden_sizes", "kernel_shape", "strides", "pads", "dilations"]
    private static let numbers = [
        "epsilon", "alpha", "beta", "scale", "mask_filter_value", "softcap",
    ]

    /// A model around a node of one of ONNX Runtime's operators, of which no table says what it takes.
    mutating func foreignModel(_ type: String) -> Model {
        let common = (0..<pick([2, 3, 3, 4])).map { _ in pick([1, 2, 4, 8]) }
        let names = (0..<Int.random(in: 1...9, using: &generator)).map { index -> String in
            if index > 0, happens(0.2) { return "" }
            let name = "i\(index)"
            let type: DataType = pick([.float32, .float32, .float32, .uint8, .int32, .int64, .int8])
            let shape = happens(0.5) ? common : happens(0.3) ? [] : self.shape()
            if happens(0.4), let tensor = constant(type, shape) {
                initializers.append(NamedTensor(name: name, tensor))
            } else {
                inputs.append(ValueInfo(name: name, type: .tensor(type, Shape(shape))))
            }
            return name
        }
        var attributes: [Attribute] = []
        for name in Self.counts where happens(0.5) {
            attributes.append(.int(name, happens(0.5) ? pick([1, 2, 4, 8, 16]) : integer()))
        }
        for name in Self.lists where happens(0.3) {
            attributes.append(.ints(name, (0..<pick([2, 3, 4])).map { _ in integer() }))
        }
        for name in Self.numbers where happens(0.3) {
            attributes.append(.float(name, pick([0, 1, -1, .nan, 0.5])))
        }
        if happens(0.3) {
            attributes.append(.string("activation", pick(["Relu", "Clip", "Tanh", "x"])))
        }
        let outputs = (0..<pick([1, 1, 2, 3, 4])).map { "o\($0)" }
        let node = Node(
            type, domain: "com.microsoft", name: "n", inputs: names, outputs: outputs,
            attributes: attributes)
        return Model(
            graph: Graph(
                name: "g", nodes: [node], inputs: inputs,
                outputs: [ValueInfo(name: "o0", type: nil)], initializers: initializers),
            opsetImports: [
                OpsetImport(version: 21), OpsetImport(domain: "com.microsoft", version: 1),
            ], irVersion: 8)
    }
}
