import HingeGraph
import Testing

@testable import HingeKeras

@Suite struct HostileFileTests {
    /// Files made to harm a reader.
    @Test(arguments: messages)
    func refuses(_ file: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        let architecture = try folder.write(dense(units: 4, useBias: true).utf8, as: "a.json")
        let error = #expect(throws: HingeError.self) {
            try KerasFormat().read(
                MappedFile(path: "\(Fixtures.root)/keras/hostile/\(file)"),
                options: ReadOptions(
                    architecturePath: file.hasSuffix(".weights.h5") ? architecture : nil))
        }
        #expect(error?.description == message)
    }

    static let messages: [String: String] = [
        "bad_node_index.keras":
            "layer 'x' (InputLayer): call 5 is asked for, of 1 calls",
        "cycle.keras":
            "the layer 'b' depends on itself",
        "deep_json.keras":
            "config.json › byte 1280: expected at most 256 values inside each other",
        "duplicate_layer_name.keras":
            "layer 'm' (Functional) › layer 'x' (Identity): two layers have the name 'x'",
        "external_group_link.weights.h5":
            "/layers/dense_1: expected a hard link, found an external link, which is not followed",
        "external_link.weights.h5":
            "/layers/dense/vars/0: "
            + "expected a hard link, found an external link, which is not followed",
        "external_storage.weights.h5":
            "/layers/dense/vars/0: the elements are in external files, which are not opened",
        "hardlink_cycle.weights.h5":
            "/layers/dense/vars/loop: the group contains itself through a hard link",
        "huge_units.h5":
            "layer 's' (Sequential) › layer 'd' (Dense) › field 'units': "
            + "expected a positive integer, found 1000000000000000",
        "non_layer_api.keras":
            "layer 'm' (Functional) › field 'layers' › layer 'd' (function): "
            + "expected a \"config\", found \"enable_unsafe_deserialization\"",
        "npz_weights.keras":
            "the weights are a pickled 'model.weights.npz', which Hinge does not read",
        "shape_bomb.weights.h5":
            "/layers/dense/vars/0: it states 4398046511104 bytes, of which the file stores none",
        "soft_link.weights.h5":
            "/layers/dense/vars/0: expected a hard link, found a soft link, which is not followed",
        "soft_link_loop.weights.h5":
            "/layers/dense/vars/0: expected a hard link, found a soft link, which is not followed",
        "unknown_module.keras":
            "layer 'm' (Functional) › layer 'd' (system): "
            + "the class 'system' of the module 'os' is not one of Keras",
        "vocab_path.keras":
            "layer 'm' (Functional) › layer 's' (StringLookup): "
            + "the layer class 'StringLookup' is not supported",
        "wrong_count.weights.h5":
            "layer 'd' (Dense) › layers/dense/vars: expected 2 weights, found 1 in the file",
    ]

    /// The words are those of the HDF5 library, which differ from version to version.
    @Test func refusesDataOfOtherFiles() {
        let error = #expect(throws: HingeError.self) {
            try Fixtures.model("keras/hostile/virtual_dataset.weights.h5")
        }
        #expect(error?.description.contains("/layers/dense/vars/0") == true)
    }

    /// Members besides those of a model are not looked at, and nothing is written.
    @Test(arguments: ["zip_bomb.keras", "zip_slip.keras"])
    func ignoresOtherMembers(_ file: String) throws {
        let model = try Fixtures.model("keras/hostile/\(file)")
        #expect(model.graph.inputs.map(\.name) == ["x"])
        #expect(model.graph.nodes.map(\.type) == ["Identity"])
    }

    /// Weights that are no numbers are still weights.
    @Test func takesWeightsThatAreNotFinite() throws {
        let folder = try TemporaryFolder()
        let architecture = try folder.write(dense(units: 2, useBias: false).utf8, as: "a.json")
        let model = try KerasFormat().read(
            MappedFile(path: "\(Fixtures.root)/keras/hostile/nan_weights.weights.h5"),
            options: ReadOptions(architecturePath: architecture))
        let tensor = try #require(model.graph.initializers.first?.tensor)
        let kernel = try tensor.floats()
        #expect(kernel[0].isNaN && kernel[1] == .infinity)
    }

    private func dense(units: Int, useBias: Bool) -> String {
        """
        {"class_name": "Sequential", "config": {"name": "s", "layers": [
          {"class_name": "InputLayer", "config": {"batch_shape": [null, 1], "name": "x"}},
          {"class_name": "Dense", "config": {"name": "d", "units": \(units), "use_bias": \(useBias)}}
        ]}}
        """
    }
}
