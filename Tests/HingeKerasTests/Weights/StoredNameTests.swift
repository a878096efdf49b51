import Testing

@testable import HingeKeras

@Suite struct StoredNameTests {
    private func variable(
        _ name: String, _ labels: [LayerVariables.Label] = []
    ) -> ExpectedVariable {
        ExpectedVariable(
            path: [], labels: labels, variable: LayerVariables.Variable(name: name),
            isTrainable: true)
    }

    private func assign(
        _ names: [String], _ variables: [ExpectedVariable]
    ) -> [Int]? {
        StoredName.assign(names.map { StoredName($0) }, to: variables)
    }

    @Test func keepsTheOrderThatNamesConfirm() {
        let variables = [
            variable("kernel", [.name("dense")]), variable("bias", [.name("dense")]),
            variable("kernel", [.name("dense_1")]),
        ]
        #expect(
            assign(["dense/kernel:0", "dense/bias:0", "dense_1/kernel:0"], variables) == [0, 1, 2])
        // Keras 3.0 writes no more than the variable's own name.
        #expect(assign(["kernel", "bias", "kernel"], variables) == [0, 1, 2])
    }

    @Test func followsNamesWhereTheyContradictTheOrder() {
        let variables = [
            variable("kernel", [.prefix("forward_")]), variable("bias", [.prefix("forward_")]),
            variable("kernel", [.prefix("backward_")]), variable("bias", [.prefix("backward_")]),
        ]
        let names = [
            "b/backward_gru/gru_cell/kernel:0", "b/backward_gru/gru_cell/bias:0",
            "b/forward_gru/gru_cell/kernel:0", "b/forward_gru/gru_cell/bias:0",
        ]
        #expect(assign(names, variables) == [2, 3, 0, 1])
    }

    @Test func takesLayersWithPartsInTheirNames() {
        let variables = [
            variable("kernel", [.name("conv1/conv")]), variable("kernel", [.name("conv2/conv")]),
        ]
        #expect(assign(["conv2/conv/kernel:0", "conv1/conv/kernel:0"], variables) == [1, 0])
    }

    /// One name is the variable's; what is left belongs to the one whose layer was renamed.
    @Test func leavesTheRestToTheOrder() {
        let variables = [
            variable("kernel", [.name("a")]), variable("kernel", [.name("b")]),
            variable("kernel", [.name("c")]),
        ]
        #expect(assign(["old/kernel:0", "other/kernel:0", "a/kernel:0"], variables) == [2, 0, 1])
    }

    @Test(arguments: [
        "kernel", "kernel:0", "dense/kernel_1:0", "variable", "scale/Variable:0", "variable_12",
        "param_3",
    ])
    func knowsNames(_ name: String) {
        #expect(StoredName(name).isOwnName(of: LayerVariables.Variable(name: "kernel")))
    }

    @Test(arguments: ["bias:0", "kernel/bias", "recurrent_kernel", "kernels", "variables", ""])
    func tellsOtherNames(_ name: String) {
        #expect(!StoredName(name).isOwnName(of: LayerVariables.Variable(name: "kernel")))
    }

    @Test func refusesOtherVariables() {
        #expect(assign(["dense/gamma:0"], [variable("kernel")]) == nil)
        #expect(assign([], [variable("kernel")]) == nil)
    }
}
