class 나루 {
	// 0번째 배
	void cross0() {
		one();
	}

	// 1번째 배
	void cross1() {
		one();
	}

	// 2번째 배
	void cross2() {
		one();
	}

	// 3번째 배
	void cross3() {
		one();
	}

	// 4번째 배
	void cross4() {
		one();
	}

	// 5번째 배
	void cross5() {
		one();
	}

	// 6번째 배
	void cross6() {
		one();
	}

	// 7번째 배
	void cross7() {
		one();
	}

	// 8번째 배
	void cross8() {
		one();
	}

	// 9번째 배
	void cross9() {
		one();
	}

	// 10번째 배
	void cross10() {
		one();
	}

	// 11번째 배
	void cross11() {
		one();
	}

	// 12번째 배
	void cross12() {
		one();
	}

	// 13번째 배
	void cross13() {
		one();
	}

	// 14번째 배
	void cross14() {
		one();
	}

	// 15번째 배
	void cross15() {
		one();
	}

	// 16번째 배
	void cross16() {
		one();
	}

	// 17번째 배
	void cross17() {
		one();
	}

	// 18번째 배
	void cross18() {
		one();
	}

	// 19번째 배
	void cross19() {
		one();
	}

};
