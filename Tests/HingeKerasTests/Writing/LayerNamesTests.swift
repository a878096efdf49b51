import Testing

@testable import HingeKeras

@Suite struct LayerNamesTests {
    /// TensorFlow's scopes begin with a letter or digit, PyTorch's parameters have no dots, Keras's layers no slashes.
    @Test(arguments: [
        ("/features/0.1/Conv", "features_0_1_Conv"), ("dense-1", "dense-1"), ("_x", "x"),
        ("größe", "gr__e"), ("//", "layer"), ("input:0", "input_0"),
    ])
    func replacesWhatBackendsRefuse(_ name: String, _ expected: String) {
        #expect(LayerNames.clean(name) == expected)
    }

    @Test func countsNamesThatAreTaken() {
        var names = LayerNames()
        #expect(names.take("conv") == "conv")
        #expect(names.take("conv") == "conv_1")
        #expect(names.take("conv_1") == "conv_1_1")
        #expect(names.take("/conv") == "conv_2")
    }
}

@Suite struct WrittenOrderTests {
    /// Two branches of different length: the deeper layers come first, then those met first from the output.
    @Test func putsDeepLayersFirst() {
        // 0: input, 1 → 2: long branch, 3: short branch, 4: both together, 5: an input that nothing needs.
        let order = WrittenOrder.order(
            parents: [[], [0], [1], [0], [2, 3], []], outputs: [4], inputs: [0, 5])
        #expect(order == [0, 1, 2, 3, 5, 4])
    }
}
